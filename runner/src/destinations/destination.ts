/** Owns the interface of a destination: what every kind of receiver must offer to be delivered to. */
import type { Failpoint } from "../failpoints.ts";

/** The bytes to deliver. */
export interface Parcel {
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** The bytes from the beginning; called once per try. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** How one try is made. */
export interface DeliveryTry {
  /** Name of the file until it is whole; holds run and attempt, so two writers never share it. */
  readonly temporaryName: string;
  /** Names that earlier attempts of this run may have left. */
  readonly isLeftover: (name: string) => boolean;
  /** An earlier try may have made the file appear. */
  readonly mayBeThere: boolean;
  /** Throws when the attempt is no longer ours; called right before the rename. */
  readonly checkOwned: () => Promise<void>;
  readonly failpoint: Failpoint;
  readonly signal: AbortSignal;
}

/** What the receiver holds under a name. */
export interface Held {
  readonly sizeBytes: number;
  /** Not there when the receiver does not let us read. */
  readonly sha256: string | undefined;
}

/** The proof of a delivery. */
export interface Handover {
  readonly location: string;
  readonly sizeBytes: number;
  readonly sha256?: string;
  readonly verifiedBy: "Hash" | "Size" | "None";
}

/** One receiver. Everything it throws is a StepError that names the Destination. */
export interface Destination {
  /** Connects, authenticates and looks at the directory. */
  probe(signal: AbortSignal): Promise<void>;
  /** Makes a file appear under its name: whole, once, or not at all. */
  deliver(parcel: Parcel, how: DeliveryTry): Promise<Handover>;
  /** What is there under a name, or undefined. */
  inspect(name: string, signal: AbortSignal): Promise<Held | undefined>;
  /** Where a file of that name lies, for receipts and people. */
  locationOf(name: string): string;
}
