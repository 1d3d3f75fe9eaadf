/** Runs the tasks of one name one after another, also after a failure. */
export interface Queues {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function createQueues(): Queues {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(name, work) {
      const result = (last.get(name) ?? Promise.resolve()).then(work, work);
      last.set(name, result);
      const forget = () => {
        if (last.get(name) === result) last.delete(name);
      };
      result.then(forget, forget);
      return result;
    },
  };
}
