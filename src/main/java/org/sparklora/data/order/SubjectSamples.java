package org.sparklora.data.order;

import java.io.Serializable;

/**
 * The samples of one subject in a latent cache.
 *
 * @param name of the subject
 * @param places in the cache, by size, then by number
 * @param sizes number of them of each size
 */
public record SubjectSamples(String name, long[] places, long[] sizes) implements Serializable {
  private static final long serialVersionUID = 1L;
}
