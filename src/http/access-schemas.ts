import { z } from "zod";

/** What the addresses of credentials and names take. Unknown fields are refused. */

/** `GET /api/names`: a display name of at most 256 characters. */
export const namesQuery = z.strictObject({ from: z.string().min(1).max(256) });
