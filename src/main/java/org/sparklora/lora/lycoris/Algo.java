package org.sparklora.lora.lycoris;

/** How an update is made of factors, with LyCORIS' names. */
public enum Algo {
  /** {@code B A}: two factors. */
  LORA,
  /** The elementwise product of two products (Hyeon-Woo et al. 2022, arXiv 2108.06098). */
  LOHA,
  /** A Kronecker product (Yeh et al. 2024, arXiv 2309.14859). */
  LOKR
}
