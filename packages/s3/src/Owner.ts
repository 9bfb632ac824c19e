/**
 * Whom an object belongs to, as lists say it.
 *
 * @since 0.1.0
 */

/**
 * A user as the gateway names one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Owner {
  readonly id: string | undefined
  readonly displayName: string | undefined
}
