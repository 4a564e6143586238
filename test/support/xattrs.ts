import { execFileSync } from 'node:child_process';

/** The names of a file's extended attributes, sorted; those of others than this library's own calls. */
export function xattrsOf(file: string): string[] {
  const script =
    'import os, sys, json; print(json.dumps(sorted(os.listxattr(sys.argv[1], follow_symlinks=False))))';
  return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' })) as string[];
}
