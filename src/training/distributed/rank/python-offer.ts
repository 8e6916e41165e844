import { execFile } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { readMemoryHeadroom } from '../../../platform/monitoring/memory-headroom.ts';

/** What a host offers to trainings that it takes part in. */
export interface PythonOffer {
  readonly python: string;
  readonly xgboost: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

/** Importing them takes seconds on a busy machine; this only ends what hangs. */
const TIMEOUT_MILLISECONDS = 120_000;

/** Prints the versions; an old Python must be able to read it. */
const VERSIONS_PROGRAM = `
import json, sys
found = {"python": ".".join(str(part) for part in sys.version_info[:3]), "missing": None, "xgboost": None}
try:
    import numpy, xgboost
    found["xgboost"] = xgboost.__version__
    if tuple(int(part) for part in xgboost.__version__.split(".")[:2]) < (1, 7):
        found["missing"] = "xgboost " + xgboost.__version__ + " is older than 1.7"
except Exception as error:
    found["missing"] = str(error)
if sys.version_info < (3, 9):
    found["missing"] = "Python " + found["python"] + " is older than 3.9"
sys.stdout.write("\\n" + json.dumps(found))
`;

const answer = z.object({ python: z.string(), missing: z.nullable(z.string()), xgboost: z.nullable(z.string()) });

/** What this host offers with a Python, or in `missing` what it lacks, for people. Never rejects. */
export async function pythonOffer(python: string): Promise<PythonOffer | { readonly missing: string }> {
  const advice = 'Install numpy and xgboost 1.7 or newer for it (Debian: python3-xgboost).';
  let output: string;
  try {
    ({ stdout: output } = await promisify(execFile)(python, ['-c', VERSIONS_PROGRAM], {
      timeout: TIMEOUT_MILLISECONDS,
    }));
  } catch (error) {
    return { missing: `${JSON.stringify(python)} cannot be run: ${firstLine(error)}. ${advice}` };
  }
  // Libraries may print to standard output as they are imported.
  const found = answer.safeParse(parsed(output.slice(output.lastIndexOf('\n') + 1))).data;
  if (!found) return { missing: `${JSON.stringify(python)} is no Python: it does not say its version. ${advice}` };
  const { missing, xgboost } = found;
  if (missing !== null || xgboost === null) return { missing: `${JSON.stringify(python)}: ${missing}. ${advice}` };
  const memoryBytes = readMemoryHeadroom()?.limitBytes ?? totalmem();
  return { python: found.python, xgboost, cores: availableParallelism(), memoryBytes };
}

function firstLine(error: unknown): string {
  const { message } = error as Error;
  return message.split('\n', 1).join('');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
