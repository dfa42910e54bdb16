import { apiRoot } from '@/api/client';
import { Problem } from '@/api/problem';
import type { Upload } from '@/api/schema.gen';

/** The most bytes the hub takes in one file, and the most files on one message. */
export const limits = { bytes: 25 * 1024 * 1024, files: 20 };

/** Sends a file to the hub. XMLHttpRequest, because fetch does not tell how far a body has gone. */
export function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${apiRoot}/uploads?name=${encodeURIComponent(file.name.slice(0, 255))}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(Problem.offline());
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as Upload);
      else void Problem.from(new Response(request.responseText, { status: request.status })).then(reject);
    };
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
