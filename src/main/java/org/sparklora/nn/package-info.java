/** Networks named as in diffusers and transformers. */
package org.sparklora.nn;
