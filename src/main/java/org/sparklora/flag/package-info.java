/**
 * Annotations by which a record declares the flags of its components: names, help, range, part of
 * the recipe.
 *
 * <p>Start with {@link org.sparklora.flag.Flag}. A flag is declared beside the record component
 * that holds its value, and nowhere else: {@code cli.config.RecordFlags} makes the command line of
 * it, {@link org.sparklora.flag.FlagRecipe} the part of the recipe. Nothing here parses anything.
 */
package org.sparklora.flag;
