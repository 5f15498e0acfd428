/*
 * Numbers of mathematics that C11 does not name.
 */
#ifndef BNI_CONSTANTS_H
#define BNI_CONSTANTS_H

#define BNI_PI 3.14159265358979323846
#define BNI_TWO_PI (2 * BNI_PI)
#define BNI_INV_SQRT_2PI 0.39894228040143267794 /* the density of the standard normal law at 0 */

#endif
