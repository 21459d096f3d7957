/** What is made ahead. */
export interface PrefetchOptions<T> {
  readonly count: number;
  /** Makes item 0, 1, 2 ..., one after another. */
  readonly make: (index: number) => Promise<T>;
  /** Items that are made before anybody asks for them. */
  readonly ahead: number;
}

/** Yields items that are made while the consumer waits for something else, such as the GPU: as soon as it leaves the
 * event loop alone, the next one is begun. An item that cannot be made throws where the consumer takes it. When the
 * consumer stops early, what was begun is waited for and nothing more is begun. */
export async function* prefetched<T>({ count, make, ahead }: PrefetchOptions<T>): AsyncGenerator<T> {
  const ready: Promise<T>[] = [];
  let made = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const makeOne = () => {
    const item = make(made++);
    item.then(schedule, () => {}); // the consumer meets the error when it takes the item
    return item;
  };
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (made < count && ready.length < ahead) ready.push(makeOne());
    });
  };
  try {
    for (let taken = 0; taken < count; taken++) {
      const item = await (ready.shift() ?? makeOne());
      schedule();
      yield item;
    }
  } finally {
    made = count;
    clearTimeout(timer);
    await Promise.allSettled(ready);
    clearTimeout(timer);
  }
}
