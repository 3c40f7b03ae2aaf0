/**
 * Captions: several for each picture, blank ones, tags that are shuffled, templates with a token.
 *
 * <p>Start with {@link org.sparklora.data.caption.CaptionConfig}. Turning a caption into token ids
 * belongs to {@code model.tokenizer}.
 */
package org.sparklora.data.caption;
