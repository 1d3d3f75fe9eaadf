import { type Policy, policySchema } from "../../../core/room/policy.js";
import type { NewRoomOptions } from "../../../core/values/as-typed.js";

/** The rules that the options name; no field for the others. */
export function policyChangeOf(options: NewRoomOptions): Policy {
  const { gate, askIn, budgetUsd, egress, providerAccess, reminderS } = options;
  return {
    ...(gate && { gate }),
    ...(askIn && { askIn }),
    ...(budgetUsd !== undefined && { budget: { usd: budgetUsd } }),
    ...(egress && { egress: [...new Set(egress)] }),
    ...(providerAccess && { providerAccess: [...new Set(providerAccess)] }),
    ...(reminderS !== undefined && { gateReminder: { afterS: reminderS } }),
  };
}

/** The rules after the change: hosts and features are added to those that are there, a budget keeps its other limits. */
export function changedPolicy(before: Policy, options: NewRoomOptions): Policy {
  const change = policyChangeOf(options);
  const joined = <T>(known: readonly T[] = [], more: readonly T[] = []): T[] => [...new Set([...known, ...more])];
  return {
    ...before,
    ...change,
    ...(change.egress && { egress: joined(before.egress, change.egress) }),
    ...(change.providerAccess && { providerAccess: joined(before.providerAccess, change.providerAccess) }),
    ...(change.budget && { budget: { ...before.budget, ...change.budget } }),
    ...(change.gateReminder && { gateReminder: { ...before.gateReminder, ...change.gateReminder } }),
  };
}

/** The first fault of the rules in words, without its full stop; undefined for valid rules. */
export function policyProblem(policy: Policy): string | undefined {
  const { error } = policySchema.safeParse(policy);
  return error?.issues[0]?.message.replace(/\.$/, "");
}
