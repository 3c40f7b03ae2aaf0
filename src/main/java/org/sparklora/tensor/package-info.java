/**
 * The engine: the op library, precision, memory, keyed random numbers.
 *
 * <p>Start with {@link org.sparklora.tensor.Ops}. This is the one package that knows DJL's PyTorch
 * classes; the folder {@code ops} beside it holds the arithmetic as TorchScript.
 */
package org.sparklora.tensor;
