/**
 * Turns the bytes of a picture into the tensor that a VAE takes: decode, resize, crop, normalize.
 *
 * <p>Start with {@link org.sparklora.data.image.ImageDecoder}. Results equal Pillow's and
 * torchvision's where those define them.
 */
package org.sparklora.data.image;
