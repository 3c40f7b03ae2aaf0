/**
 * CLIP's tokenizer, with added tokens, equal to that of transformers id for id.
 *
 * <p>Start with {@link org.sparklora.model.tokenizer.ClipTokenizer}.
 */
package org.sparklora.model.tokenizer;
