import { type InputWatcher, inputGradient, type Walk, walkOf } from "./methods/gradient.ts";
import type { PixelMap } from "./pixel-map.ts";
import type { Question } from "./question.ts";

interface InputWalk {
  readonly key: string;
  readonly targets: Question["targets"];
  readonly maps: Promise<PixelMap[]>;
  begun: boolean;
  watcher?: InputWatcher;
}

/** The walks back to a recording's input. A walk begins at the end of the turn of the event loop in which it was asked for,
 * and is remembered: whoever asks for the same rule and the same target objects shares it. */
export class InputWalks {
  readonly #walks: InputWalk[] = [];

  /** The gradients at the input. */
  maps(question: Question, how: Walk): Promise<PixelMap[]> {
    return (this.#find(question, how) ?? this.#add(question, how)).maps;
  }

  /** Shows a walk of the plain gradient, which is saliency's if that has not begun. */
  async watch(question: Question, watcher: InputWatcher): Promise<void> {
    const how = walkOf("saliency", "gradient");
    const found = this.#find(question, how);
    const walk = found && !found.begun && !found.watcher ? found : this.#add(question, how);
    walk.watcher = watcher;
    await walk.maps;
  }

  #find({ targets }: Question, how: Walk): InputWalk | undefined {
    const key = keyOf(how);
    return this.#walks.find(
      (one) =>
        one.key === key && one.targets.length === targets.length && one.targets.every((t, i) => t === targets[i]),
    );
  }

  #add(question: Question, how: Walk): InputWalk {
    const maps = question.run.putOff(() => {
      walk.begun = true;
      return inputGradient(question, how, walk.watcher);
    });
    // who asked may have failed for a reason of its own by then, and wait no more
    maps.catch(() => undefined);
    const walk: InputWalk = { key: keyOf(how), targets: question.targets, maps, begun: false };
    this.#walks.push(walk);
    return walk;
  }
}

function keyOf({ method, options }: Walk): string {
  return `${method} ${JSON.stringify(options)}`;
}
