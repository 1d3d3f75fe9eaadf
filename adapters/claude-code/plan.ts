import { z } from "zod";
import type { Output } from "../../src/ports/agents.js";

type PlanOutput = Extract<Output, { kind: "plan" }>;
type State = PlanOutput["entries"][number]["state"];

/** The agent's plan as its tools have told it so far, by the ids of its tasks. Immutable. */
export type ClaudePlan = ReadonlyMap<string, { readonly text: string; readonly state: State }>;

/** Nothing is planned. */
export const noPlan: ClaudePlan = new Map();

const status = z.enum(["pending", "in_progress", "completed", "deleted"]);
const states: Readonly<Record<z.infer<typeof status>, State>> = {
  pending: "pending",
  in_progress: "inProgress",
  completed: "done",
  deleted: "done",
};

/** The inputs and answers of Claude Code's tools for plans, as the Agent SDK types them; `TodoWrite` has the whole list in its input. */
const todos = z.object({ todos: z.array(z.object({ content: z.string(), status })) });
const updated = z.object({ taskId: z.string(), subject: z.string().optional(), status: status.optional() });
const created = z.object({ task: z.object({ id: z.string(), subject: z.string() }) });
const listed = z.object({ tasks: z.array(z.object({ id: z.string(), subject: z.string(), status })) });

/** Most entries; a plan does not grow beyond them. */
const maxEntries = 200;

/** The plan after a tool ran with this input and gave this answer; the same value where the tool is not about plans. */
export function planAfter(plan: ClaudePlan, ran: { name: string; input: unknown; answer: unknown }): ClaudePlan {
  switch (ran.name) {
    case "TodoWrite": {
      const list = todos.safeParse(ran.input).data?.todos;
      if (!list) return plan;
      return toPlan(list.map((todo, index) => ({ id: String(index), text: todo.content, state: states[todo.status] })));
    }
    case "TaskCreate": {
      const task = created.safeParse(ran.answer).data?.task;
      if (!task || plan.size >= maxEntries) return plan;
      return new Map([...plan, [task.id, { text: task.subject, state: "pending" }]]);
    }
    case "TaskUpdate": {
      const change = updated.safeParse(ran.input).data;
      return change ? withChange(plan, change) : plan;
    }
    case "TaskList": {
      const list = listed.safeParse(ran.answer).data?.tasks;
      if (!list) return plan;
      return toPlan(list.map((task) => ({ id: task.id, text: task.subject, state: states[task.status] })));
    }
    default:
      return plan;
  }
}

function toPlan(entries: readonly { id: string; text: string; state: State }[]): ClaudePlan {
  return new Map(entries.slice(0, maxEntries).map(({ id, text, state }) => [id, { text, state }]));
}

function withChange(plan: ClaudePlan, change: z.infer<typeof updated>): ClaudePlan {
  const known = plan.get(change.taskId);
  if (change.status === "deleted") return new Map([...plan].filter(([id]) => id !== change.taskId));
  if (!known && plan.size >= maxEntries) return plan;
  const text = change.subject ?? known?.text ?? `Task ${change.taskId}`;
  const state = change.status === undefined ? (known?.state ?? "pending") : states[change.status];
  return new Map([...plan, [change.taskId, { text, state }]]);
}

/** The plan as the runtime takes it. */
export function planOutput(plan: ClaudePlan): PlanOutput {
  return { kind: "plan", entries: [...plan.values()].map(({ text, state }) => ({ text, state })) };
}
