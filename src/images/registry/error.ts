import type { Dispatcher } from 'undici';
import { LibpodError, type ErrorCode } from '../../base/errors.js';
import { show } from '../../oci/problem.js';

/** What is read of an answer that is an error. */
const MOST_ERROR_BYTES = 64 * 1024;

/** Reads a body that must be short. @throws LibpodError ERR_IMAGE_INVALID if it is longer */
export async function readShort(
  body: Dispatcher.ResponseData['body'],
  most: number,
  what: string,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    // Leaving the loop destroys the body.
    if (size > most) throw new LibpodError('ERR_IMAGE_INVALID', `${what} has more than ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The registry's own words in the body of an error (distribution specification, "Error Codes"). */
async function wordsOf(response: Dispatcher.ResponseData): Promise<string> {
  try {
    const bytes = await readShort(response.body, MOST_ERROR_BYTES, 'the error');
    const { errors = [] } = JSON.parse(bytes.toString('utf8')) as {
      errors?: { code?: unknown; message?: unknown }[];
    };
    const [first] = errors;
    return first === undefined ? '' : `: ${show(String(first.message ?? first.code))}`;
  } catch {
    return '';
  }
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'ERR_UNAUTHORIZED';
  return status === 404 ? 'ERR_NO_SUCH_IMAGE' : 'ERR_REGISTRY';
}

/** The error for an answer that is not the one that was wanted. @param what was tried: `read manifest x of y` */
export async function statusError(what: string, response: Dispatcher.ResponseData): Promise<LibpodError> {
  const { statusCode } = response;
  const words = await wordsOf(response);
  const advice =
    statusCode === 401 || statusCode === 403
      ? '; log in with `libpod login`, or check the name'
      : statusCode === 429
        ? '; the registry asks for patience: try later, or log in'
        : '';
  return new LibpodError(
    codeOf(statusCode),
    `cannot ${what}: the registry answered ${statusCode}${words}${advice}`,
    {
      cause: { statusCode },
    },
  );
}

/** The error for a request that got no answer. */
export function connectionError(what: string, error: unknown): LibpodError {
  if (error instanceof LibpodError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  const reason = /CERT|SIGNED|ERR_TLS/.test(code ?? '')
    ? `its certificate is not trusted (${code}): add its authority under /etc/containers/certs.d, or turn verification off`
    : /WRONG_VERSION|EPROTO|ERR_SSL/.test(code ?? '')
      ? 'it speaks no TLS; if that is meant to be so, turn verification off (--tls-verify=false, tlsVerify)'
      : (message.trim().split('\n')[0] ?? message);
  return new LibpodError('ERR_REGISTRY', `cannot ${what}: ${reason}`, { cause: error });
}
