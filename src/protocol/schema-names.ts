import { z } from "zod";
import { usageSchema } from "../core/room/event.js";
import { attachmentSchema, gateContentSchema } from "../core/room/gate-content.js";
import { budgetSchema, gatePolicySchema, policySchema } from "../core/room/policy.js";
import { stepSchema } from "../core/room/step.js";
import { scriptSchema } from "../core/values/script.js";
import { addAgentBody, addedAgent, agentBody, agentDetails, configureAgentBody, configuredAgent } from "./agents.js";
import { activityFrame, agentEventFrame, roomEventFrame } from "./events.js";
import {
  acknowledgeBody,
  agentLook,
  agentMessageBody,
  agentMessagePage,
  agentToken,
  agentTokenBody,
  askedAnswer,
  entryBody,
  questionBody,
  saidAnswer,
  takeAnswer,
  takeBody,
  takenTurn,
} from "./external.js";
import { noBody, versionAnswer } from "./fields.js";
import { storedUpload } from "./files.js";
import { decidingBody, decisionAnswer, decisionBody, gateDiff, gateList, gateViewSchema } from "./gates.js";
import {
  messageBody,
  messagePage,
  messageView,
  postedMessage,
  replaceBody,
  retriedMessages,
  retryBody,
  withdrawnMessage,
} from "./messages.js";
import { healthReport, openApiDocument, pageConfig } from "./meta.js";
import {
  changedPerson,
  createdInvite,
  inviteBody,
  inviteList,
  inviteView,
  joinBody,
  joined,
  personalLink,
  personRoleBody,
  removedPerson,
} from "./people.js";
import { problemDocument } from "./problem.js";
import { roleList, roleView } from "./roles.js";
import {
  configureRoomBody,
  createdRoom,
  createRoomBody,
  mirrorView,
  participantView,
  purgedRoom,
  roomList,
  roomSummary,
  roomView,
} from "./rooms.js";
import { runtimeList, runtimeView } from "./runtimes.js";
import { decidedSetup, setupBody, setupFileView, setupView } from "./setups.js";
import { installationUsage, roomUsage, spendingBody, spendingState, spentView } from "./spending.js";
import { createdToken, nameAnswer, revokedToken, tokenBody, tokenList, tokenView } from "./tokens.js";
import { exportedStep, stepHits, stepPage, turnPage, turnView } from "./turns.js";
import { treePage, workChange, workDiff, workEntry, workFile, workStatus } from "./work.js";

/** Schemas that have a name of their own in the OpenAPI document. Bodies of requests end in `Body`. */
const named: Readonly<Record<string, z.ZodType>> = {
  ActivityFrame: activityFrame,
  AcknowledgeBody: acknowledgeBody,
  AddAgentBody: addAgentBody,
  WorkEntry: workEntry,
  TreePage: treePage,
  WorkChange: workChange,
  WorkDiff: workDiff,
  WorkFile: workFile,
  WorkStatus: workStatus,
  AddedAgent: addedAgent,
  AgentLook: agentLook,
  AgentMessageBody: agentMessageBody,
  AgentMessagePage: agentMessagePage,
  AgentToken: agentToken,
  AgentTokenBody: agentTokenBody,
  Asked: askedAnswer,
  EntryBody: entryBody,
  QuestionBody: questionBody,
  Said: saidAnswer,
  TakeAnswer: takeAnswer,
  TakeBody: takeBody,
  TakenTurn: takenTurn,
  AgentBody: agentBody,
  AgentDetails: agentDetails,
  ChangedPerson: changedPerson,
  PersonRoleBody: personRoleBody,
  RetriedMessages: retriedMessages,
  ReplaceBody: replaceBody,
  RetryBody: retryBody,
  AgentEventFrame: agentEventFrame,
  Attachment: attachmentSchema,
  Budget: budgetSchema,
  ConfigureAgentBody: configureAgentBody,
  ConfiguredAgent: configuredAgent,
  ConfigureRoomBody: configureRoomBody,
  CreatedInvite: createdInvite,
  CreatedRoom: createdRoom,
  CreatedToken: createdToken,
  CreateRoomBody: createRoomBody,
  DecidedSetup: decidedSetup,
  Decision: decisionAnswer,
  DecidingBody: decidingBody,
  DecisionBody: decisionBody,
  EmptyBody: noBody,
  ExportedStep: exportedStep,
  Gate: gateViewSchema,
  GateContent: gateContentSchema,
  GateDiff: gateDiff,
  GateList: gateList,
  GatePolicy: gatePolicySchema,
  Health: healthReport,
  InstallationUsage: installationUsage,
  Invite: inviteView,
  InviteBody: inviteBody,
  InviteList: inviteList,
  RemovedPerson: removedPerson,
  JoinBody: joinBody,
  Joined: joined,
  Link: personalLink,
  Message: messageView,
  MessageBody: messageBody,
  MessagePage: messagePage,
  Mirror: mirrorView,
  Name: nameAnswer,
  OpenApi: openApiDocument,
  PageConfig: pageConfig,
  Participant: participantView,
  Policy: policySchema,
  PostedMessage: postedMessage,
  Problem: problemDocument,
  PurgedRoom: purgedRoom,
  RevokedToken: revokedToken,
  Role: roleView,
  RoleList: roleList,
  Runtime: runtimeView,
  RuntimeList: runtimeList,
  Room: roomView,
  RoomEventFrame: roomEventFrame,
  RoomList: roomList,
  RoomSummary: roomSummary,
  RoomUsage: roomUsage,
  Script: scriptSchema,
  Setup: setupView,
  SetupBody: setupBody,
  SetupFile: setupFileView,
  Spending: spendingState,
  SpendingBody: spendingBody,
  Spent: spentView,
  Step: stepSchema,
  StepHits: stepHits,
  StepPage: stepPage,
  Token: tokenView,
  TokenBody: tokenBody,
  TokenList: tokenList,
  Turn: turnView,
  TurnPage: turnPage,
  StoredUpload: storedUpload,
  Usage: usageSchema,
  Version: versionAnswer,
  WithdrawnMessage: withdrawnMessage,
};

const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });

/** A JSON Schema 2020-12, as OpenAPI 3.1 accepts it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const uri = (id: string) => `#/components/schemas/${id}`;

/** A reference to a named schema. Throws for a schema without a name: every body and every answer has one. */
export function referenceTo(schema: z.ZodType): JsonSchema {
  const id = registry.get(schema)?.id;
  if (id !== undefined) return { $ref: uri(id) };
  if (schema instanceof z.ZodUnion) return { anyOf: (schema.options as z.ZodType[]).map(referenceTo) };
  throw new Error("a schema of the protocol has no name for the document");
}

/** Every named schema as JSON Schema, as a request or an answer is sent: members that are added later are not a fault of an answer. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, { uri, io: "input", unrepresentable: "any" });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _dialect, ...schema }]) => [id, schema as JsonSchema]),
  );
}

/** The members of a query as JSON Schema: texts, as they stand in an address. */
export function queryMembers(query: z.ZodObject): Record<string, JsonSchema> {
  return (z.toJSONSchema(query, { io: "input" }).properties ?? {}) as Record<string, JsonSchema>;
}
