import { describe, expect, it } from 'vitest';
import { changedConfig } from '../../../src/images/image-changes.js';

describe('changes to the configuration of an image', () => {
  it.each([
    ['CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }],
    ['cmd a b', { Cmd: ['/bin/sh', '-c', 'a b'] }],
    ['ENTRYPOINT=/bin/x', { Entrypoint: ['/bin/sh', '-c', '/bin/x'] }],
    ['ENV A=1 B="2 3" C=4\\ 5', { Env: ['P=old', 'A=1', 'B=2 3', 'C=4 5'] }],
    ['ENV P new value', { Env: ['P=new value'] }],
    ['EXPOSE 80 53/udp', { ExposedPorts: { '80/tcp': {}, '53/udp': {} } }],
    ["LABEL a='b c' d=", { Labels: { a: 'b c', d: '' } }],
    ['ONBUILD RUN x', { OnBuild: ['RUN x'] }],
    ['STOPSIGNAL SIGINT', { StopSignal: 'SIGINT' }],
    ['STOPSIGNAL 9', { StopSignal: '9' }],
    ['STOPSIGNAL RTMIN+3', { StopSignal: 'RTMIN+3' }],
    ['USER a:b', { User: 'a:b' }],
    ['VOLUME ["/a b"]', { Volumes: { '/a b': {} } }],
    ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
    ['WORKDIR /w', { WorkingDir: '/w' }],
  ])('%s', (change, expected) => {
    expect(changedConfig({ Env: ['P=old'] }, [change])).toEqual({ Env: ['P=old'], ...expected });
  });

  it.each([
    ['RUN x', 'must be one of'],
    ['CMD', 'must be one of|says nothing'],
    ['CMD [1]', 'must be one of texts'],
    ['CMD [x', 'no JSON'],
    ['ENV a', 'KEY=VALUE'],
    ['EXPOSE http', 'no port'],
    ['EXPOSE 65536', 'no port'],
    ['EXPOSE 0', 'no port'],
    ['STOPSIGNAL SIGNOPE', 'SIGNOPE'],
    ['WORKDIR w', 'absolute'],
    ['', 'must be one of'],
  ])('%j is refused', (change, why) => {
    expect(() => changedConfig({}, [change])).toThrow(new RegExp(why));
  });
});
