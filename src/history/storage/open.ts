/** A history's place by its name: `s3://bucket/prefix`, or a directory. */
import { DirectoryStorage } from './directory.ts';
import type { HistoryStorage } from './storage.ts';

/** How a bucket is reached; whatever is left out is as the AWS command line has it (environment, profile, …). */
export interface BucketOptions {
  /** URL of a server other than AWS's own. */
  readonly endpoint?: string;
  readonly region?: string;
  /** Is the bucket in the URL's path, and not in its host? Unless told: where there is an endpoint. */
  readonly forcePathStyle?: boolean;
}

export const isBucketUrl = (location: string): boolean => location.startsWith('s3://');

/**
 * Throws StorageError where there is no such place, or it cannot be reached.
 *
 * @param create make a directory where it is missing; a bucket has to be there
 */
export async function openStorage(
  location: string,
  { create, bucket = {} }: { readonly create: boolean; readonly bucket?: BucketOptions },
): Promise<HistoryStorage> {
  if (!isBucketUrl(location)) return DirectoryStorage.open(location, create);
  // The client takes a while to load, and most histories are directories.
  const { BucketStorage } = await import('./bucket.ts');
  return BucketStorage.open(location, bucket);
}
