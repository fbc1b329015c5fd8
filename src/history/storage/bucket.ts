/**
 * A history in an S3-compatible bucket, through @aws-sdk/client-s3: the version that @dsnp/parquetjs brings in.
 *
 * A PUT is atomic and, when it is answered, durable and listed (S3 has been strongly consistent since December 2020; so
 * are MinIO, Ceph and the others), which is what the directory's rename gives. A move is a copy and a delete: stopped
 * between the two it leaves the file in both places, which reads as one row each. Requests are tried again with backoff
 * by the client; credentials, region and endpoint come from the usual chain where they are not given.
 */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { bucketFailure, RangeNotSatisfiableError } from './bucket-errors.ts';
import type { BucketOptions } from './open.ts';
import { RangedFile } from './ranged-file.ts';
import { fileOf, joinPath, StorageError, type HistoryFile, type HistoryStorage } from './storage.ts';

const ATTEMPTS = 5;
const CONNECT_MS = 5000;
/** Of one request; a file is at most some tens of MB. */
const REQUEST_MS = 60_000;

/** One GET for the whole of a smaller file; a larger one is fetched in ranges. */
const WHOLE_BYTES = 1024 * 1024;

/** What S3 takes in one request. */
const DELETED_AT_ONCE = 1000;

interface Listed {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

export class BucketStorage implements HistoryStorage {
  readonly root: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** With a `/` at its end, unless it is ''. */
  readonly #prefix: string;
  /** Keys a page of a listing. */
  readonly #pageSize: number;

  private constructor(root: string, client: S3Client, pageSize: number) {
    const [bucket = '', ...prefix] = root.slice('s3://'.length).split('/');
    this.root = root;
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix.length === 0 ? '' : `${prefix.join('/')}/`;
    this.#pageSize = pageSize;
  }

  /**
   * Makes sure that the bucket is there and may be listed. Throws StorageError.
   *
   * @param url s3://bucket or s3://bucket/prefix
   */
  static async open(
    url: string,
    options: BucketOptions & { readonly pageSize?: number; readonly attempts?: number } = {},
  ): Promise<BucketStorage> {
    const root = url.replace(/\/+$/, '');
    if (!/^s3:\/\/[a-z0-9][a-z0-9.-]+[a-z0-9](\/[^/]+)*$/.test(root))
      throw new StorageError(
        `history: ${url} names no bucket: write it as s3://bucket or s3://bucket/prefix`,
      );
    const client = new S3Client(clientConfig(options));
    const storage = new BucketStorage(root, client, options.pageSize ?? 1000);
    try {
      await storage.#ask(client.send(new ListObjectsV2Command({ ...storage.#place(''), MaxKeys: 1 })));
    } catch (error) {
      storage.close();
      throw error;
    }
    return storage;
  }

  async list(folder: string): Promise<string[]> {
    const { folders, files } = await this.#list(folder, '/');
    return [...folders, ...files].sort();
  }

  async listBelow(folder: string): Promise<string[]> {
    return [...(await this.#list(folder)).files].sort();
  }

  async open(path: string): Promise<HistoryFile> {
    const { bytes, total } = await this.#get(path, 0, WHOLE_BYTES);
    if (total <= bytes.length) return fileOf(bytes);
    return new RangedFile(total, async (start, end) => (await this.#get(path, start, end)).bytes);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#ask(this.#client.send(new PutObjectCommand({ ...this.#object(path), Body: bytes })));
  }

  async move(from: string, to: string): Promise<void> {
    const source = [this.#bucket, this.#prefix + from].join('/');
    const CopySource = source.split('/').map(encodeURIComponent).join('/');
    await this.#ask(this.#client.send(new CopyObjectCommand({ ...this.#object(to), CopySource })), from);
    await this.remove(from);
  }

  async remove(path: string): Promise<void> {
    await this.#ask(this.#client.send(new DeleteObjectCommand(this.#object(path))));
  }

  async removeFolder(folder: string): Promise<void> {
    const { files } = await this.#list(folder);
    for (let i = 0; i < files.length; i += DELETED_AT_ONCE) {
      const Objects = files
        .slice(i, i + DELETED_AT_ONCE)
        .map((file) => ({ Key: this.#prefix + joinPath(folder, file) }));
      const { Errors: [failed] = [] } = await this.#ask(
        this.#client.send(
          new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
        ),
      );
      if (failed !== undefined)
        throw new StorageError(
          `history: ${this.root}: ${failed.Key ?? folder} could not be removed: ${failed.Message ?? failed.Code ?? ''}`,
        );
    }
  }

  /** A PUT that was cut short leaves nothing. */
  removeLeftovers(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#client.destroy();
  }

  /** From the folder on. */
  async #list(folder: string, delimiter?: string): Promise<Listed> {
    const place = this.#place(folder);
    const folders: string[] = [];
    const files: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#ask(
        this.#client.send(
          new ListObjectsV2Command({
            ...place,
            MaxKeys: this.#pageSize,
            ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Prefix = '' } of page.CommonPrefixes ?? [])
        folders.push(Prefix.slice(place.Prefix.length, -1));
      // Consoles keep an empty object for a folder, whose key ends with a slash.
      for (const { Key = '' } of page.Contents ?? [])
        if (!Key.endsWith('/')) files.push(Key.slice(place.Prefix.length));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return { folders, files };
  }

  /** @param end exclusive; past the end of the file it is the end */
  async #get(path: string, start: number, end: number): Promise<{ bytes: Uint8Array; total: number }> {
    const range = `bytes=${String(start)}-${String(end - 1)}`;
    try {
      const object = new GetObjectCommand({ ...this.#object(path), Range: range });
      const answer = await this.#ask(this.#client.send(object), path);
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
      const total = Number(answer.ContentRange?.split('/')[1] ?? bytes.length);
      return { bytes, total };
    } catch (error) {
      // Of an empty file there is no range.
      if (error instanceof RangeNotSatisfiableError) return { bytes: new Uint8Array(0), total: 0 };
      throw error;
    }
  }

  #object(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + path };
  }

  #place(folder: string): { Bucket: string; Prefix: string } {
    return { Bucket: this.#bucket, Prefix: this.#prefix + (folder === '' ? '' : `${folder}/`) };
  }

  /** @param path the file that the request is about */
  async #ask<T>(request: Promise<T>, path?: string): Promise<T> {
    try {
      return await request;
    } catch (error) {
      throw bucketFailure(error, { root: this.root, bucket: this.#bucket, path });
    }
  }
}

function clientConfig({
  endpoint,
  region,
  forcePathStyle,
  attempts,
}: BucketOptions & { readonly attempts?: number }): S3ClientConfig {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const isElsewhere = (endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  // Servers other than AWS's take any region, and still want one in the signature.
  const fallback = isElsewhere ? (AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1') : undefined;
  const regionOrFallback = region ?? fallback;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(regionOrFallback === undefined ? {} : { region: regionOrFallback }),
    forcePathStyle: forcePathStyle ?? isElsewhere,
    maxAttempts: attempts ?? ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
    // Many servers other than AWS's do not know the newer checksums that the client adds by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}
