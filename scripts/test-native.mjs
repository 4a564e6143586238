// npm run test:native [-- NAME]: the C++ tests of native/, under AddressSanitizer and UndefinedBehaviorSanitizer; NAME
// chooses those whose name contains it. The monitor and the fuzz targets are built too, so that they cannot rot.
import path from 'node:path';
import { build, buildDirectory, run } from './native-build.mjs';

build('native-test', 'libpod-monitor-asan', 'fuzz-program', 'fuzz-frames');
process.exitCode = run(path.join(buildDirectory, 'native-test'), process.argv.slice(2));
