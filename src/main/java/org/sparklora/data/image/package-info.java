/** Pictures: decoding, resizing, cropping, and the tensor a VAE takes. */
package org.sparklora.data.image;
