import { checkLockOrder } from '../../src/locks/lock-order.js';

// For every test file (vitest.config.ts): locks that are taken in another order fail the test that takes them.
checkLockOrder();
