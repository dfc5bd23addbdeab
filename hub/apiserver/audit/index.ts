// The audit log: who asked for what, and what became of it.

export { AuditLog, type AuditLogOptions, type LineFile } from './audit-log.ts';
export type { AuditPolicy } from './audit-policy.ts';
export type { AuditTrail } from './audit-trail.ts';
export { Auditor, type AuditorOptions, type Opening } from './auditor.ts';
export { auditPolicy, readAuditPolicy } from './read-policy.ts';
export { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';
