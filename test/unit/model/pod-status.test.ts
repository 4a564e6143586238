import { describe, expect, it } from 'vitest';
import { podStatus } from '../../../src/model/pod-status.js';
import type { ContainerStatus } from '../../../src/model/status.js';

describe('the state of a pod', () => {
  it.each<[ContainerStatus[], string]>([
    [[], 'Created'],
    [['configured'], 'Created'],
    [['configured', 'created'], 'Created'],
    [['running'], 'Running'],
    [['running', 'running'], 'Running'],
    [['running', 'stopping'], 'Running'],
    [['running', 'configured'], 'Degraded'],
    [['running', 'exited'], 'Degraded'],
    [['running', 'paused'], 'Degraded'],
    [['running', 'unknown'], 'Degraded'],
    [['paused', 'paused'], 'Paused'],
    [['paused', 'exited'], 'Stopped'],
    [['paused', 'configured'], 'Created'],
    [['exited', 'exited'], 'Exited'],
    [['exited', 'configured'], 'Stopped'],
    [['exited', 'unknown'], 'Stopped'],
    [['unknown', 'configured'], 'Error'],
    [['removing'], 'Error'],
  ])('with containers %j is %s', (members, status) => {
    expect(podStatus(members)).toBe(status);
    expect(podStatus([...members].reverse())).toBe(status);
  });
});
