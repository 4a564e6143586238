import { randomFillSync, randomInt } from 'node:crypto';
import { LibpodError } from './errors.js';

/** The pattern of container names, as podman's: a letter or digit, then letters, digits, `_`, `.` and `-`. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const ID = /^[0-9a-f]{64}$/;
/** A name is a file name of the store (NAME_MAX of limits.h). */
const NAME_LENGTH = 255;

const ID_BYTES = 32;
/** Random bytes for the next IDs: each call into the system's generator costs more than all else about an ID. */
const entropy = Buffer.alloc(ID_BYTES * 128);
let used = entropy.length;

/** A new container ID: 64 lower-case hexadecimal digits. */
export function newId(): string {
  if (used === entropy.length) {
    randomFillSync(entropy);
    used = 0;
  }
  used += ID_BYTES;
  return entropy.toString('hex', used - ID_BYTES, used);
}

/** Whether a text is a full container ID. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** The first twelve digits, as listings show an ID. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/**
 * Checks the name of a container.
 *
 * @throws LibpodError ERR_INVALID_NAME
 */
export function checkName(name: string): string {
  if (typeof name !== 'string' || !NAME.test(name) || name.length > NAME_LENGTH) {
    throw new LibpodError(
      'ERR_INVALID_NAME',
      `name ${JSON.stringify(name)} is not valid: it must match [a-zA-Z0-9][a-zA-Z0-9_.-]* and have at most ${NAME_LENGTH} characters`,
    );
  }
  return name;
}

const QUALITIES =
  'agile amber bold brave bright brisk calm clear clever cosmic crisp deft eager early fair fleet fond free fresh frosty gentle glad golden grand happy hardy hidden humble jolly keen kind light lively loyal lucid lucky mellow merry mild misty modest neat nimble noble open patient plucky polite prime proud quick quiet rapid ready rustic serene sharp shiny silent silver simple sleek smart snug solar solid steady still sunny swift tidy tranquil true upbeat vivid warm wise witty young zesty'.split(
    ' ',
  );
const THINGS =
  'acorn anchor apple arbor aspen badger bamboo basin beacon birch bison bridge brook canyon cedar cliff cloud clover comet coral cove crane creek crow delta dune eagle ember falcon fern finch fjord forest fox garnet glacier grove gull harbor hawk hazel heron hill island ivy jasper juniper lake lantern larch lark laurel linden lotus lynx maple marsh meadow mesa moon moss oak ocean olive orchid otter owl pebble pine plain plover pond poplar prairie quail quartz rain raven reef ridge river robin rowan sable sage spruce star stone storm stream summit swan thistle tide tiger trail valley willow wolf wren'.split(
    ' ',
  );

/** A name for a container that was given none: two words, and a number after the first tries. */
export function randomName(attempt = 0): string {
  const words = `${QUALITIES[randomInt(QUALITIES.length)]}_${THINGS[randomInt(THINGS.length)]}`;
  return attempt < 3 ? words : `${words}${randomInt(1_000_000)}`;
}
