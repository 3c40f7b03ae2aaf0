package org.sparklora.data.order;

import java.io.Serializable;

/**
 * Which samples of a latent cache are one subject's.
 *
 * @param name the subject's
 * @param places in the cache, by size, then by number
 * @param sizes number of them of each size
 */
public record SubjectSamples(String name, long[] places, long[] sizes) implements Serializable {
  private static final long serialVersionUID = 1L;
}
