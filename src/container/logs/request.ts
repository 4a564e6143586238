import type { LogRequest } from '../../launch/request.js';
import { expandTag } from '../../spec/log-tag.js';
import type { ContainerCore } from '../core.js';

/** The log file of a container; '' if it keeps none. */
export function logFileOf({ config, paths }: ContainerCore): string {
  const kept = config.logDriver === 'k8s-file' || config.logDriver === 'json-file';
  return kept ? config.logPath || paths.log : '';
}

/** The tag that the log's entries bear, or ''. */
export function logTagOf({ config, id, name }: ContainerCore): string {
  const { logTag = '', rootfsImageName = '', rootfsName } = config;
  const fields = { ID: id.slice(0, 12), FullID: id, Name: name, ImageName: rootfsImageName || rootfsName };
  return expandTag(logTag, fields);
}

/** What the monitor needs to know of a container's log. */
export function logRequest(core: ContainerCore): LogRequest | undefined {
  const { logDriver, logMaxSize = 0, logMaxFiles = 1 } = core.config;
  if (logDriver === 'none' || logDriver === 'passthrough') return undefined;
  const tag = logTagOf(core);
  return {
    path: logFileOf(core),
    format: logDriver,
    maxSize: logMaxSize,
    maxFiles: logMaxFiles,
    attributes: tag === '' ? '' : JSON.stringify({ tag }),
  };
}
