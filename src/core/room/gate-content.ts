import { z } from "zod";

/**
 * A file that came with a message; its bytes are kept under their SHA-256 (hex). `name` is safe as a file's name. `type`: its media type by content; absent
 * in older logs.
 */
export const attachmentSchema = z.object({
  name: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  type: z.string().optional(),
});
/** A file by its name, size in bytes, SHA-256 (hex) and media type. */
export type Attachment = z.infer<typeof attachmentSchema>;

/** The display of an answer option; `description` may be empty. */
export const optionSchema = z.object({ label: z.string(), description: z.string().optional() });
/** One answer that can be chosen. */
export type GateOption = z.infer<typeof optionSchema>;

/**
 * What a gate shows beside its text, from format 2 of the log on. It is hashed as it stands in the log, members that this version does not know included, so an
 * unknown member never voids a commit. `v`: the version of this shape; 2 is the first.
 */
export const gateContentSchema = z.object({
  v: z.number().int().min(2),
  /** Several questions in one gate, each answered for itself by its `id`. `freeText`: words of one's own are an answer too. */
  questions: z
    .array(
      z.object({
        id: z.string(),
        text: z.string(),
        options: z.array(optionSchema),
        multiple: z.boolean(),
        freeText: z.boolean(),
      }),
    )
    .optional(),
  /** Files that go out with a held message. */
  attachments: z.array(attachmentSchema).optional(),
  /** A push that waits: the refs it moves. `from` and `to` are object ids; `null`: the ref is not there. */
  push: z
    .object({
      repository: z.string(),
      refs: z.array(z.object({ ref: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
    })
    .optional(),
});
/** The content of a gate beside its body. */
export type GateContent = z.infer<typeof gateContentSchema>;
/** One question of a gate with several. */
export type GateQuestion = NonNullable<GateContent["questions"]>[number];

/** Form of the answer to one question. */
export const choiceSchema = z.object({ options: z.array(z.string()), text: z.string().optional() });
/** The answers to a gate's questions by their ids: labels of the options that were chosen, and words of one's own. */
export type Choices = Record<string, z.infer<typeof choiceSchema>>;
