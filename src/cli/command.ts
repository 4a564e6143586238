import { Command, CommanderError, type Option } from 'commander';
import { ownValue } from '../base/own-value.js';
import { UsageError } from './errors.js';

/** The words of Go's strconv.ParseBool, which podman's flags take after `=`. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ 1: true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ 0: false, f: false, F: false, false: false, FALSE: false, False: false },
};

/**
 * A command whose flags are read as podman's: they end with the first argument where another command's line may follow it, a
 * boolean may be written `--flag=false`, and errors are podman's sentences.
 */
export class PodmanCommand extends Command {
  /** What the process is to end with when nothing failed. */
  exitCode = 0;
  #endsWithArgument = false;

  constructor(name?: string) {
    super(name);
    this.configureOutput({ outputError: () => undefined });
    this.enablePositionalOptions();
    this.showSuggestionAfterError(false);
    this.#makeOwn();
  }

  /** What names the command, and so is not to be inherited. */
  #makeOwn(): void {
    this.exitOverride((error) => {
      throw this.#translate(error);
    });
    this.helpOption('-h, --help', `help for ${this.name()}`);
  }

  override copyInheritedSettings(parent: Command): this {
    super.copyInheritedSettings(parent);
    this.#makeOwn();
    return this;
  }

  override createCommand(name?: string): PodmanCommand {
    return new PodmanCommand(name);
  }

  /** The words from the program's name to this command's. */
  get path(): string {
    return this.parent === null ? this.name() : `${(this.parent as PodmanCommand).path} ${this.name()}`;
  }

  /** The command that everything started with. */
  get program(): PodmanCommand {
    return this.parent === null ? this : (this.parent as PodmanCommand).program;
  }

  /** An error of this command's flags, with the hint where its help is. */
  usageError(message: string): UsageError {
    return new UsageError(message, `See '${this.path} --help'`);
  }

  override passThroughOptions(passThrough = true): this {
    this.#endsWithArgument = passThrough;
    return super.passThroughOptions(passThrough);
  }

  override parseOptions(argv: string[]): { operands: string[]; unknown: string[] } {
    return super.parseOptions(this.#spellOutBooleans(argv));
  }

  /** Turns `--flag=false` of a boolean into what commander knows: its absence; and `--flag=true` into `--flag`. */
  #spellOutBooleans(argv: string[]): string[] {
    const spelled: string[] = [];
    const endsWithArgument = this.#endsWithArgument || this.commands.length > 0;
    for (let at = 0; at < argv.length; at++) {
      const word = argv[at] as string;
      const isArgument = !word.startsWith('-') || word === '-';
      if (word === '--' || (isArgument && endsWithArgument)) return [...spelled, ...argv.slice(at)];
      if (isArgument) {
        spelled.push(word);
        continue;
      }
      const [flag, value] = splitOnce(word, '=');
      const option = findOption(this.options, flag);
      if (option !== undefined && !option.required && !option.optional && value !== undefined) {
        const wanted = ownValue(BOOLEANS, value);
        if (wanted === undefined) {
          throw this.usageError(
            `invalid argument ${JSON.stringify(value)} for ${JSON.stringify(option.flags)} flag: give true or false`,
          );
        }
        if (wanted) spelled.push(flag);
        else this.setOptionValue(option.attributeName(), option.negate);
        continue;
      }
      spelled.push(word);
      if (takesNextWord(this.options, word) && at + 1 < argv.length) spelled.push(argv[++at] as string);
    }
    return spelled;
  }

  #translate(error: CommanderError): Error {
    const quoted = /'(.*)'/.exec(error.message)?.[1] ?? '';
    switch (error.code) {
      case 'commander.unknownOption':
        return this.usageError(
          quoted.startsWith('--')
            ? `unknown flag: ${quoted.split('=')[0]}`
            : `unknown shorthand flag: '${quoted.slice(1, 2)}' in ${quoted}`,
        );
      case 'commander.optionMissingArgument': {
        const long = quoted.split(/[ ,]+/).find((word) => word.startsWith('--'));
        return this.usageError(`flag needs an argument: ${long ?? quoted}`);
      }
      case 'commander.unknownCommand':
        return new UsageError(
          `unrecognized command \`${this.path} ${quoted}\``,
          `Try '${this.path} --help' for more information`,
        );
      case 'commander.help':
        return new UsageError(`missing command '${this.path} COMMAND'`);
      case 'commander.excessArguments':
        return this.usageError(
          `too many arguments: ${error.message.replace(/^error: too many arguments( for '[^']*')?\. /, '')}`,
        );
      case 'commander.missingArgument':
        return this.usageError(`the argument ${quoted.toUpperCase()} is missing`);
      default:
        return error.exitCode === 0 ? error : this.usageError(error.message.replace(/^error: /, ''));
    }
  }
}

/** Splits a text at the first separator; the second part is undefined if there is none. */
export function splitOnce(text: string, separator: string): [first: string, rest: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function findOption(options: readonly Option[], flag: string): Option | undefined {
  return options.find(({ short, long }) => short === flag || long === flag);
}

/** Whether the last flag of a word has its value in the next word: `--name x`, `-e x`, `-ie x`, but not `-ex`. */
function takesNextWord(options: readonly Option[], word: string): boolean {
  if (word.startsWith('--')) return findOption(options, word)?.required === true;
  for (let at = 1; at < word.length; at++) {
    if (findOption(options, `-${word[at]}`)?.required) return at === word.length - 1;
  }
  return false;
}
