import { describe, expect, it } from 'vitest';
import { compileTemplate, formatList, type TemplateValue } from '../../../src/cli/output/template.js';

const VALUE: TemplateValue = {
  Name: 'x',
  State: { Pid: 7, Running: true },
  Cmd: ['sleep', '1'],
  Labels: { b: '2', a: '1' },
  Nothing: null,
};

describe('a template', () => {
  // What podman 4.3 prints for the same template and data.
  it.each([
    ['{{.Name}}', 'x'],
    ['{{ .State.Pid }}/{{.State.Running}}', '7/true'],
    ['{{.Cmd}} {{.Labels}}', '[sleep 1] map[a:1 b:2]'],
    ['{{json .Cmd}}{{json .State.Pid}}', '["sleep","1"]7'],
    ['{{index .Labels "a"}}{{index .Cmd 1}}{{index .Labels "none"}}', '11'],
    ['{{len .Cmd}}', '2'],
    ['a\\tb\\n', 'a\tb\n'],
    ['a  {{- .Name -}}  b', 'axb'],
    ['plain', 'plain'],
  ])('%s shows %s', (template, shown) => {
    expect(compileTemplate(template)(VALUE)).toBe(shown);
  });

  it.each([
    ['{{.Nosuch}}', '"Nosuch"'],
    ['{{.State.Nosuch}}', '"Nosuch"'],
    ['{{.Name.Length}}', '"Length"'],
    ['{{.__proto__}}', '"__proto__"'],
    ['{{range .Cmd}}', 'range'],
    ['{{}}', 'understood'],
    ['{{.Name', '}}'],
    ['{{Name}}', '"Name"'],
    ['{{index .Cmd 2}}', 'range'],
    ['{{json}}', 'json'],
  ])('%s is refused, naming %s', (template, named) => {
    expect(() => compileTemplate(template)(VALUE)).toThrow(named);
  });
});

describe('a list', () => {
  it('has a line for each item, and with "table" a heading and columns', () => {
    const items = [
      { Names: 'a', Status: 'Up' },
      { Names: 'a-name-of-some-length', Status: 'Created' },
    ];
    expect(formatList('{{.Names}}:{{.Status}}', items, {})).toBe('a:Up\na-name-of-some-length:Created\n');
    expect(formatList('table {{.Names}}\\t{{.Status}}', items, { Status: 'STATUS!' })).toBe(
      'NAMES                  STATUS!\na                      Up\na-name-of-some-length  Created\n',
    );
  });
});
