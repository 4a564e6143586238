// Makes the C++, TypeScript and documentation views of native/launch/launch.json, so that the two languages
// cannot drift. `--check` writes nothing and fails when a view is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const source = JSON.parse(readFileSync(path.join(root, 'native/launch/launch.json'), 'utf8'));
const banner = 'Generated from native/launch/launch.json by scripts/generate-launch.mjs; do not edit.';

const pascal = (name) => name.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());
const camel = (name) => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const cppType = {
  u32: 'uint32_t',
  u64: 'uint64_t',
  i64: 'int64_t',
  string: 'Text',
  bytes: 'Bytes',
  strings: 'Texts',
  u32s: 'Words',
};
const tsType = {
  u32: 'number',
  u64: 'bigint',
  i64: 'bigint',
  string: 'string',
  bytes: 'Uint8Array',
  strings: 'readonly string[]',
  u32s: 'readonly number[]',
};

function cppRecord(entry, suffix) {
  const fields = entry.args.map(([name, type]) => `    ${cppType[type]} ${snake(name)}{};`).join('\n');
  const reads = entry.args.map(([name]) => `reader->Read(&${snake(name)})`).join(' && ');
  return `// ${entry.about}
struct ${pascal(entry.name)}${suffix} {
${fields}${fields && '\n'}    bool Decode(${reads ? 'Reader* reader' : 'Reader*'}) { return ${reads || 'true'}; }
};`;
}

function cpp() {
  const masks = source.instructions.map((entry) => {
    const mask = entry.in
      .map((name) => `1u << ${source.sections.findIndex((s) => s.name === name)}`)
      .join(' | ');
    return `        case Op::k${pascal(entry.name)}:\n            return ${mask};`;
  });
  const decodable = source.instructions.map(
    (entry) =>
      `        case Op::k${pascal(entry.name)}: {\n            ${pascal(entry.name)}Op op;\n            return op.Decode(reader);\n        }`,
  );
  // What is made is checked against its source, byte by byte: no formatter may change it.
  return `// ${banner}
// clang-format off
#ifndef LIBPOD_NATIVE_LAUNCH_LAUNCH_H_
#define LIBPOD_NATIVE_LAUNCH_LAUNCH_H_

#include <cstdint>

#include "launch/reader.h"

namespace libpod {

constexpr uint16_t kProgramVersion = ${source.programVersion};
constexpr uint32_t kProtocolVersion = ${source.protocolVersion};

enum class Section : uint8_t {
${source.sections.map((s, i) => `    k${pascal(s.name)} = ${i},  // ${s.about}`).join('\n')}
};
constexpr int kSectionCount = ${source.sections.length};

enum class MonitorState : uint32_t {
${source.states.map((s, i) => `    k${pascal(s)} = ${i},`).join('\n')}
};

enum class Op : uint16_t {
${source.instructions.map((e, i) => `    k${pascal(e.name)} = ${i + 1},`).join('\n')}
};

enum class Message : uint8_t {
${source.messages.map((e, i) => `    k${pascal(e.name)} = ${i + 1},  // from the ${e.from}`).join('\n')}
};

${source.instructions.map((e) => cppRecord(e, 'Op')).join('\n\n')}

// The sections in which an operation may stand, one bit each; 0 for an unknown operation.
inline uint32_t SectionsOf(Op op) {
    switch (op) {
${masks.join('\n')}
    }
    return 0;
}

// Whether the reader holds the arguments of this operation.
inline bool CanDecode(Op op, Reader* reader) {
    switch (op) {
${decodable.join('\n')}
    }
    return false;
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_LAUNCH_LAUNCH_H_
`;
}

function tsUnion(entries, tag, typeName) {
  const members = entries.map((entry) => {
    const fields = entry.args.map(([name, type]) => `${camel(name)}: ${tsType[type]}`);
    return `  /** ${entry.about} */\n  | { ${[`${tag}: '${entry.name}'`, ...fields].join('; ')} }`;
  });
  return `export type ${typeName} =\n${members.join('\n')};`;
}

const tsTable = (entries) =>
  entries
    .map(
      (e, i) =>
        `  '${e.name}': { code: ${i + 1}, args: [${e.args.map(([n, t]) => `['${camel(n)}', '${t}']`).join(', ')}] },`,
    )
    .join('\n');

function instructionsTs() {
  return `// ${banner}

/** The version of the encoding; a monitor refuses another. */
export const PROGRAM_VERSION = ${source.programVersion};

/** The sections of a launch program, in the order in which they run. */
export const SECTIONS = [${source.sections.map((s) => `'${s.name}'`).join(', ')}] as const;
export type SectionName = (typeof SECTIONS)[number];

/** What each section is for. */
export const SECTION_ABOUT: Readonly<Record<SectionName, string>> = {
${source.sections.map((s) => `  ${s.name}: ${JSON.stringify(s.about)},`).join('\n')}
};

/** How an argument is laid out in the bytes. */
export type ArgumentType = 'u32' | 'u64' | 'i64' | 'string' | 'bytes' | 'strings' | 'u32s';

/** One step of a launch program: one system call or one small safe composite. */
${tsUnion(source.instructions, 'op', 'Instruction')}

export type Op = Instruction['op'];

/** The number, the arguments and the sections of every instruction. */
export const INSTRUCTIONS: Readonly<
  Record<Op, { code: number; args: readonly (readonly [string, ArgumentType])[]; in: readonly SectionName[] }>
> = {
${source.instructions
  .map(
    (e, i) =>
      `  '${e.name}': { code: ${i + 1}, args: [${e.args.map(([n, t]) => `['${camel(n)}', '${t}']`).join(', ')}], in: [${e.in.map((n) => `'${n}'`).join(', ')}] },`,
  )
  .join('\n')}
};
`;
}

function messagesTs() {
  const engine = source.messages.filter((m) => m.from === 'engine');
  const monitor = source.messages.filter((m) => m.from === 'monitor');
  return `// ${banner}
import type { ArgumentType } from '../launch/instructions.js';

/** The version of the control protocol; it grows when a message changes. */
export const PROTOCOL_VERSION = ${source.protocolVersion};

/** What a monitor is doing, as its hello says. */
export const MONITOR_STATES = [${source.states.map((s) => `'${s}'`).join(', ')}] as const;
export type MonitorState = (typeof MONITOR_STATES)[number];

/** What a monitor says. */
${tsUnion(monitor, 'type', 'MonitorMessage')}

/** What an engine says. */
${tsUnion(engine, 'type', 'EngineMessage')}

export type MessageName = MonitorMessage['type'] | EngineMessage['type'];

/** The number and the arguments of every message. */
export const MESSAGES: Readonly<
  Record<MessageName, { code: number; args: readonly (readonly [string, ArgumentType])[] }>
> = {
${tsTable(source.messages)}
};
`;
}

function docs() {
  const escape = (text) => text.replaceAll('|', '\\|');
  const rows = source.instructions.map(
    (e) =>
      `| \`${e.name}\` | ${e.in.join(', ')} | ${e.args.map(([n, t]) => `${camel(n)}: ${t}`).join(', ') || '-'} | ${escape(e.about)} | ${escape(e.source)} |`,
  );
  const messages = source.messages.map(
    (e) =>
      `| \`${e.name}\` | ${e.from} | ${e.args.map(([n, t]) => `${camel(n)}: ${t}`).join(', ') || '-'} | ${escape(e.about)} |`,
  );
  return `# The launch program and the control protocol

${banner}

## Sections, in order

| section | who runs it |
|---|---|
${source.sections.map((s) => `| \`${s.name}\` | ${escape(s.about)} |`).join('\n')}

A failing instruction answers its section, its index in the section, the stage (the system call) and the errno.

## Encoding

Little-endian throughout. \`LPOD\`, the version (u16, now ${source.programVersion}), then for each section in order the count of its
instructions (u32) and the instructions: operation (u16), length of the arguments in bytes (u32), arguments. A \`string\` is a length
(u32), the bytes and a NUL that the length does not count; no other NUL may occur. \`bytes\` is a length (u32) and the bytes; \`strings\` and
\`u32s\` are a count (u32) and the items. The monitor checks the whole program before it runs the first instruction.

## Instructions

| instruction | sections | arguments | what it does | source |
|---|---|---|---|---|
${rows.join('\n')}

## Messages

A frame is the length of what follows (u32), the type (u8) and the arguments, laid out as above. Protocol version ${source.protocolVersion}.
Monitor states, by number: ${source.states.map((s, i) => `${i} ${s}`).join(', ')}.

| message | from | arguments | meaning |
|---|---|---|---|
${messages.join('\n')}
`;
}

const views = {
  'native/launch/launch.h': cpp(),
  'src/launch/instructions.ts': instructionsTs(),
  'src/monitor/messages.ts': messagesTs(),
  'docs/launch-program.md': docs(),
};
let stale = 0;
for (const [file, text] of Object.entries(views)) {
  const target = path.join(root, file);
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') !== text) {
      console.error(`${file} is stale: run npm run generate`);
      stale = 1;
    }
  } else {
    writeFileSync(target, text);
  }
}
process.exitCode = stale;
