/** The runtime whose agents follow a script. */
const scriptedRuntime = "scripted";

/** What every face says of an agent that follows a script, so that nobody takes its words for a model's. */
export const scriptRemark = "follows a script, no model";

/** Whether an agent of this runtime follows a script and asks no model. People have no runtime. */
export function followsScript({ runtime }: { runtime?: unknown }): boolean {
  return runtime === scriptedRuntime;
}

/** `text` with the remark behind it if the participant follows a script; `between` stands before the remark, `after` behind it. */
export function withScriptRemark(
  text: string,
  { runtime, between = " (", after = ")" }: { runtime?: unknown; between?: string; after?: string },
): string {
  return followsScript({ runtime }) ? `${text}${between}${scriptRemark}${after}` : text;
}
