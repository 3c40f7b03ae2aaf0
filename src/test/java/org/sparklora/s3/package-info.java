/** An S3 server for tests, and the failures of a real one. */
package org.sparklora.s3;
