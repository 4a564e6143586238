import type { ContainerStatus, Runtime } from '../../index.js';
import { statusWord } from '../status.js';

/** A pod as podman-pod-inspect(1) shows it. @throws LibpodError ERR_NO_SUCH_POD, ERR_AMBIGUOUS */
export async function podJson(runtime: Runtime, name: string) {
  const all = await runtime.lookupPod(name).inspect();
  const Containers = all.Containers.map((one) => ({
    ...one,
    State: statusWord(one.State as ContainerStatus),
  }));
  return { ...all, Containers };
}
