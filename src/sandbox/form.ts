/** Forms with files in them. */

/** Null for what is none. */
export async function formOf(body: Buffer, contentType: string) {
  if (!contentType.startsWith('multipart/form-data')) return null;
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return null;
  }
}
