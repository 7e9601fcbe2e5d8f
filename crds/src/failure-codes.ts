/** Owns the closed list of reasons for which an attempt or a run ends without completing, and what each means for a retry. */

interface FailureMeaning {
  /** Whether another attempt can help without a person changing something. */
  readonly retryable: boolean;
  /** What happened, one sentence. */
  readonly meaning: string;
  /** What a person does about it, one sentence. */
  readonly remedy: string;
}

const terminal = (meaning: string, remedy: string): FailureMeaning => ({ retryable: false, meaning, remedy });
const retryable = (meaning: string, remedy: string): FailureMeaning => ({ retryable: true, meaning, remedy });

/** Every failure code with its meaning; `docs/errors.md` is generated from it. */
export const failureCodes = {
  // Found by the runner
  PlanInvalid: terminal(
    "The plan of the attempt does not fit this runner or its content hash.",
    "Let the operator and the image come from the same release, then retry the run.",
  ),
  SecretNotFound: retryable(
    "A Secret that the version names is not in the namespace.",
    "Create the Secret named in the message; the run retries for two minutes, then needs a retry.",
  ),
  SecretKeyMissing: retryable(
    "A Secret lacks a key that is needed.",
    "Add the key named in the message to the Secret.",
  ),
  EndpointNotAllowed: terminal(
    "The Secret does not allow its credentials to be used for this address.",
    "Add the address to the key `endpoint` of the Secret, or correct the Connector or Destination.",
  ),
  ModeNotAllowed: terminal(
    "The Secret of a Destination is for another mode.",
    "Use a Secret whose key `mode` says the mode of the Destination.",
  ),
  AddressRefused: terminal(
    "The host resolves to an address that is never allowed.",
    "Name a host outside the refused ranges.",
  ),
  StoreUnavailable: retryable(
    "The artifact store cannot be read or written.",
    "Look at the volume claim of the ArtifactStore and its free space.",
  ),
  SourceHostUnknown: retryable(
    "The name of the source's host does not resolve.",
    "Correct `host` of the Connector or the DNS entry.",
  ),
  SourceUnavailable: retryable(
    "The source refuses the connection, does not answer or broke it off.",
    "Start the source or correct host and port of the Connector.",
  ),
  SourceAuthenticationFailed: terminal(
    "The source refuses user or password.",
    "Correct username or password in the Secret of the Connector, then retry the run.",
  ),
  SourceTlsFailed: terminal(
    "TLS with the source could not be established as `tls.mode` demands.",
    "Correct the certificate, the CA or `tls.mode` of the Connector.",
  ),
  SourceQueryFailed: terminal(
    "The source refuses the query.",
    "Correct the query of the input named in the message, then create a new run: a retry keeps the version.",
  ),
  SourceColumnMissing: terminal(
    "The query does not return a declared column.",
    "Select the column, or remove it from `columns`.",
  ),
  SourceValueInvalid: terminal(
    "A value does not fit the declared type of its column, or is null where required.",
    "Correct the data, or the type in `columns`.",
  ),
  LookupNotFound: terminal(
    "A row looks up a key that its table does not hold, and `onMissing` is Fail.",
    "Add the key named in the message to the table, or set `onMissing`.",
  ),
  TooLargeForMemory: terminal(
    "An input that is looked up in is larger than a run holds in memory, or the rows that a unique rule compares are too many.",
    "Select fewer rows or shorter columns for it, as the message says.",
  ),
  BlockingFindings: terminal(
    "A rule of severity Blocking was violated.",
    "Correct the data named in the findings, then rerun.",
  ),
  OutputEmpty: terminal(
    "An output has no record and `whenEmpty` is Fail.",
    "Check the query and the business date, or set `whenEmpty`.",
  ),
  OutputValueInvalid: terminal(
    "A value of an output cannot be written.",
    "Correct the expression of the column or the data.",
  ),
  TooManyParts: terminal(
    "A split output comes to more files than a run may make.",
    "Raise `split.maxRecords` or `split.maxSize`, split by columns of fewer values, or select fewer rows.",
  ),
  DocumentInvalid: terminal(
    "A document does not fit its schema.",
    "The message names the record by its key and the element: correct the data or the expression of the element.",
  ),
  FileNameRefused: terminal(
    "The rendered file name is not allowed.",
    "Correct `fileName` or the parameter that it uses.",
  ),
  CheckpointCorrupt: terminal(
    "Stored bytes do not have the recorded hash.",
    "Somebody changed the store. Rerun, and find out who.",
  ),
  DestinationHostUnknown: retryable(
    "The name of the destination's host does not resolve.",
    "Correct `host` of the Destination or the DNS entry.",
  ),
  DestinationUnavailable: retryable(
    "The destination refuses the connection, does not answer or broke it off.",
    "Wait for the receiver, or correct host and port of the Destination.",
  ),
  DestinationAuthenticationFailed: terminal(
    "The destination refuses user, password or key.",
    "Correct the Secret of the Destination, then retry the run.",
  ),
  HostKeyMismatch: terminal(
    "The server shows a host key that is not pinned.",
    "Ask the receiver whether the key changed; only then pin the new one in `hostKeys` and create a new run.",
  ),
  DestinationDirectoryMissing: terminal(
    "The directory does not exist at the destination.",
    "Create it at the receiver or correct `directory`.",
  ),
  DestinationRefused: terminal(
    "The destination refuses to write or rename the file.",
    "Ask the receiver for the right to write, or for space.",
  ),
  DeliveryConflict: terminal(
    "A file with the same name and other content is already at the destination.",
    "Compare both files; remove the wrong one at the receiver, then retry the run.",
  ),
  DeliveryNotVerified: retryable(
    "The file read back from the destination differs from the artifact.",
    "The run retries; when it persists the receiver alters files.",
  ),
  SequenceExhausted: terminal(
    "The next number of a sequence has more digits than its width.",
    "Agree on more digits with the receiver, raise `width` of the sequence, then create a new run.",
  ),
  SequenceNumberVoid: retryable(
    "The number of a file was recorded as void while its run had ended.",
    "Nothing: the next attempt makes the file anew with the next number.",
  ),
  NoDestinationForMode: terminal(
    "`deliverTo` names Destinations, but none of the mode of this run.",
    "Add a Destination of this mode, or run in the other mode.",
  ),
  DiskFull: retryable(
    "The work volume or the volume of the artifact store is nearly full.",
    "As the message says: raise `run.workVolumeSize`, or make room in the store; the run retries.",
  ),
  DeadlineExceeded: retryable(
    "The attempt ran longer than `run.deadlineSeconds`.",
    "Raise `run.deadlineSeconds`, or make the query faster.",
  ),
  Fenced: retryable("Another attempt or Pod owns this run.", "Nothing: the owner goes on."),
  Interrupted: retryable("The Pod was told to stop.", "Nothing: the next attempt resumes."),
  Cancelled: terminal("Somebody set `spec.cancel`.", "Create a new run when it was a mistake."),
  CancelledAfterDelivery: terminal(
    "The run was cancelled when something had been delivered.",
    "Agree with the receiver what to do with the delivered file.",
  ),
  FilingInProgress: terminal(
    "Another run that has not ended makes the same filing.",
    "Wait for that run; retry this one when it failed.",
  ),
  InternalError: retryable(
    "The runner met a condition that it does not know.",
    "Report the message; it names the place.",
  ),
  // Found by the operator
  ReportNotFound: terminal("The Report of the run does not exist.", "Apply the Report, then retry the run."),
  ReportNotReady: terminal(
    "The Report is not Ready and did not become so in time.",
    "Read the condition Ready of the Report, correct it, then retry the run.",
  ),
  ParameterInvalid: terminal(
    "A parameter is missing, unknown or not of its type.",
    "Correct `parameters` in a new run.",
  ),
  ImagePullFailed: retryable(
    "The image of the runner cannot be pulled.",
    "Correct the image in the chart's values or the pull credentials.",
  ),
  PodRefused: retryable(
    "The API server refuses to create the Pod.",
    "Read the message: quota, Pod Security, LimitRange or a missing ServiceAccount.",
  ),
  PodUnschedulable: retryable("No node can take the Pod.", "Lower `run.resources`, or add a node."),
  VolumeNotMounted: retryable("A volume of the Pod cannot be mounted.", "Check the volume claim of the ArtifactStore."),
  OutOfMemory: retryable(
    "The runner was killed because it used more memory than its limit.",
    "Raise `run.resources.limits.memory`.",
  ),
  Evicted: retryable(
    "The Pod was evicted or its node drained.",
    "Nothing: the next attempt resumes and the eviction does not count.",
  ),
  PodLost: retryable("The Pod or its Job was deleted, or its node is gone.", "Nothing: the next attempt resumes."),
  RunnerCrashed: retryable("The runner ended without saying why.", "Read the log of the Pod; report the message."),
  NameTaken: terminal(
    "An object that is not ours has the name that the attempt needs.",
    "Remove the object named in the message, then retry the run.",
  ),
  GaveUp: terminal(
    "The run took longer than `run.giveUpAfterSeconds` in all its attempts.",
    "Remove the cause named in the last attempt, then retry the run.",
  ),
} as const satisfies Record<string, FailureMeaning>;

/** A reason for which an attempt or a run ended without completing. */
export type FailureCode = keyof typeof failureCodes;

/** All failure codes, for schemas and tables. */
export const failureCodeNames = Object.keys(failureCodes) as readonly FailureCode[];

/** Says whether a text is a failure code of this release. */
export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(failureCodes, text);
}
