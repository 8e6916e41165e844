import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { create as contentDisposition } from 'content-disposition';
import type { Download } from '../blob-store.ts';

/** Enough for a browser to follow a redirect; a download that has begun goes on for as long as it takes. */
const VALID_SECONDS = 60;

/** Makes the address from which a browser reads an object, by a client whose endpoint browsers can reach. */
export async function signDownload(client: S3Client, bucket: string, key: string, download: Download): Promise<string> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ResponseContentType: download.contentType,
    ResponseContentDisposition: contentDisposition(download.filename),
    ResponseCacheControl: 'private, no-store',
  });
  return await getSignedUrl(client, command, { expiresIn: VALID_SECONDS });
}
