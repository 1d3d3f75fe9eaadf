import { common, createLowlight } from "lowlight";
import type { ComponentChildren } from "preact";
import { Plain } from "./basics.js";

const lowlight = createLowlight(common);
type Node = ReturnType<typeof lowlight.highlight>["children"][number];

/** Code in colours; plain if its language is not known. Elements only: the library returns a tree, not HTML. */
export function Highlighted({ language, text }: { language: string; text: string }) {
  if (!lowlight.registered(language)) return <Plain text={text} />;
  return <>{lowlight.highlight(language, text).children.map(drawn)}</>;
}

function drawn(node: Node, at: number): ComponentChildren {
  if (node.type === "text") return <Plain key={at} text={node.value} />;
  if (node.type !== "element") return null;
  const names = node.properties.className;
  return (
    <span key={at} class={Array.isArray(names) ? names.join(" ") : ""}>
      {(node.children as Node[]).map(drawn)}
    </span>
  );
}
