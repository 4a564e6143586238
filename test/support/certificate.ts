import { execFileSync } from 'node:child_process';

/** Where a self-signed certificate and its key go, and whom it names. */
export interface CertificateRequest {
  readonly key: string;
  readonly certificate: string;
  /** The common name. */
  readonly name: string;
  /** Extensions, as `openssl req -addext` takes them. */
  readonly extensions?: readonly string[];
}

/** Makes a certificate of two days, signed by its own key. */
export function selfSign({ key, certificate, name, extensions = [] }: CertificateRequest): void {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const subject = ['-subj', `/CN=${name}`, ...extensions.flatMap((one) => ['-addext', one])];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...newKey, ...subject, '-out', certificate], {
    stdio: 'pipe',
  });
}
