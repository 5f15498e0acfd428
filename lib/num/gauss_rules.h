/* Nodes and weights of Gauss, and of Gauss and Kronrod, on -1..1. They are symmetric: one half, the largest node first. */
#ifndef BNI_GAUSS_RULES_H
#define BNI_GAUSS_RULES_H

/* 15 points, of which 1, 3, 5 and 7 with the other weights are the rule of 7; the last is the middle. */
extern const double bni_kronrod15_node[8], bni_kronrod15_weight[8], bni_gauss7_weight[4];
/* 21 points, of which 1, 3, 5, 7 and 9 with the other weights are the rule of 10; the last is the middle. */
extern const double bni_kronrod21_node[11], bni_kronrod21_weight[11], bni_gauss10_weight[5];
/* Gauss alone. */
extern const double bni_gauss6_node[3], bni_gauss6_weight[3], bni_gauss12_node[6], bni_gauss12_weight[6];
extern const double bni_gauss16_node[8], bni_gauss16_weight[8], bni_gauss20_node[10], bni_gauss20_weight[10];

#endif
