import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

/** A part of the page that is loaded the first time it is shown; it renders nothing until then. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let part: ComponentType<Props> | undefined;
  return function Later(props: Props) {
    const isHere = useSignal(part !== undefined);
    useEffect(() => {
      if (part) return;
      void load().then((loaded) => {
        part = loaded;
        isHere.value = true;
      });
    }, [isHere]);
    const Part = part;
    return isHere.value && Part ? <Part {...props} /> : null;
  };
}
