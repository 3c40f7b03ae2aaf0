/** The prepare job: pictures and captions in, latent cache out. */
package org.sparklora.spark.prepare;
