/** Text to image. */
package org.sparklora.pipeline;
