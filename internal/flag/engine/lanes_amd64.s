#include "textflag.h"

// One step of MD5 in eight lanes: a = b + rotate(a + F(b, c, d) + word + sine). Each round has its own F, which lands in Y4.

#define ADD(a, word, step) \
	VPBROADCASTD (step*4)(CX), Y5   \
	VPADDD       Y5, a, a           \
	VPADDD       (word*32)(BX), a, a

#define ROTATE(a, b, left) \
	VPADDD Y4, a, a          \
	VPSLLD $left, a, Y5      \
	VPSRLD $(32-left), a, a  \
	VPOR   Y5, a, a          \
	VPADDD b, a, a

#define ROUND1(a, b, c, d, word, step, left) \
	ADD(a, word, step) \
	VPXOR c, d, Y4     \
	VPAND b, Y4, Y4    \
	VPXOR d, Y4, Y4    \
	ROTATE(a, b, left)

#define ROUND2(a, b, c, d, word, step, left) \
	ADD(a, word, step) \
	VPXOR b, c, Y4     \
	VPAND d, Y4, Y4    \
	VPXOR c, Y4, Y4    \
	ROTATE(a, b, left)

#define ROUND3(a, b, c, d, word, step, left) \
	ADD(a, word, step) \
	VPXOR c, d, Y4     \
	VPXOR b, Y4, Y4    \
	ROTATE(a, b, left)

#define ROUND4(a, b, c, d, word, step, left) \
	ADD(a, word, step) \
	VPXOR Y7, d, Y4    \
	VPOR  b, Y4, Y4    \
	VPXOR c, Y4, Y4    \
	ROTATE(a, b, left)

// func blockLanes(state *[4][8]uint32, words *[16][8]uint32)
TEXT ·blockLanes(SB), NOSPLIT, $0-16
	MOVQ     state+0(FP), AX
	MOVQ     words+8(FP), BX
	LEAQ     ·sines(SB), CX
	VPCMPEQD Y7, Y7, Y7
	VMOVDQU  0(AX), Y0
	VMOVDQU  32(AX), Y1
	VMOVDQU  64(AX), Y2
	VMOVDQU  96(AX), Y3

	ROUND1(Y0, Y1, Y2, Y3, 0, 0, 7)
	ROUND1(Y3, Y0, Y1, Y2, 1, 1, 12)
	ROUND1(Y2, Y3, Y0, Y1, 2, 2, 17)
	ROUND1(Y1, Y2, Y3, Y0, 3, 3, 22)
	ROUND1(Y0, Y1, Y2, Y3, 4, 4, 7)
	ROUND1(Y3, Y0, Y1, Y2, 5, 5, 12)
	ROUND1(Y2, Y3, Y0, Y1, 6, 6, 17)
	ROUND1(Y1, Y2, Y3, Y0, 7, 7, 22)
	ROUND1(Y0, Y1, Y2, Y3, 8, 8, 7)
	ROUND1(Y3, Y0, Y1, Y2, 9, 9, 12)
	ROUND1(Y2, Y3, Y0, Y1, 10, 10, 17)
	ROUND1(Y1, Y2, Y3, Y0, 11, 11, 22)
	ROUND1(Y0, Y1, Y2, Y3, 12, 12, 7)
	ROUND1(Y3, Y0, Y1, Y2, 13, 13, 12)
	ROUND1(Y2, Y3, Y0, Y1, 14, 14, 17)
	ROUND1(Y1, Y2, Y3, Y0, 15, 15, 22)

	ROUND2(Y0, Y1, Y2, Y3, 1, 16, 5)
	ROUND2(Y3, Y0, Y1, Y2, 6, 17, 9)
	ROUND2(Y2, Y3, Y0, Y1, 11, 18, 14)
	ROUND2(Y1, Y2, Y3, Y0, 0, 19, 20)
	ROUND2(Y0, Y1, Y2, Y3, 5, 20, 5)
	ROUND2(Y3, Y0, Y1, Y2, 10, 21, 9)
	ROUND2(Y2, Y3, Y0, Y1, 15, 22, 14)
	ROUND2(Y1, Y2, Y3, Y0, 4, 23, 20)
	ROUND2(Y0, Y1, Y2, Y3, 9, 24, 5)
	ROUND2(Y3, Y0, Y1, Y2, 14, 25, 9)
	ROUND2(Y2, Y3, Y0, Y1, 3, 26, 14)
	ROUND2(Y1, Y2, Y3, Y0, 8, 27, 20)
	ROUND2(Y0, Y1, Y2, Y3, 13, 28, 5)
	ROUND2(Y3, Y0, Y1, Y2, 2, 29, 9)
	ROUND2(Y2, Y3, Y0, Y1, 7, 30, 14)
	ROUND2(Y1, Y2, Y3, Y0, 12, 31, 20)

	ROUND3(Y0, Y1, Y2, Y3, 5, 32, 4)
	ROUND3(Y3, Y0, Y1, Y2, 8, 33, 11)
	ROUND3(Y2, Y3, Y0, Y1, 11, 34, 16)
	ROUND3(Y1, Y2, Y3, Y0, 14, 35, 23)
	ROUND3(Y0, Y1, Y2, Y3, 1, 36, 4)
	ROUND3(Y3, Y0, Y1, Y2, 4, 37, 11)
	ROUND3(Y2, Y3, Y0, Y1, 7, 38, 16)
	ROUND3(Y1, Y2, Y3, Y0, 10, 39, 23)
	ROUND3(Y0, Y1, Y2, Y3, 13, 40, 4)
	ROUND3(Y3, Y0, Y1, Y2, 0, 41, 11)
	ROUND3(Y2, Y3, Y0, Y1, 3, 42, 16)
	ROUND3(Y1, Y2, Y3, Y0, 6, 43, 23)
	ROUND3(Y0, Y1, Y2, Y3, 9, 44, 4)
	ROUND3(Y3, Y0, Y1, Y2, 12, 45, 11)
	ROUND3(Y2, Y3, Y0, Y1, 15, 46, 16)
	ROUND3(Y1, Y2, Y3, Y0, 2, 47, 23)

	ROUND4(Y0, Y1, Y2, Y3, 0, 48, 6)
	ROUND4(Y3, Y0, Y1, Y2, 7, 49, 10)
	ROUND4(Y2, Y3, Y0, Y1, 14, 50, 15)
	ROUND4(Y1, Y2, Y3, Y0, 5, 51, 21)
	ROUND4(Y0, Y1, Y2, Y3, 12, 52, 6)
	ROUND4(Y3, Y0, Y1, Y2, 3, 53, 10)
	ROUND4(Y2, Y3, Y0, Y1, 10, 54, 15)
	ROUND4(Y1, Y2, Y3, Y0, 1, 55, 21)
	ROUND4(Y0, Y1, Y2, Y3, 8, 56, 6)
	ROUND4(Y3, Y0, Y1, Y2, 15, 57, 10)
	ROUND4(Y2, Y3, Y0, Y1, 6, 58, 15)
	ROUND4(Y1, Y2, Y3, Y0, 13, 59, 21)
	ROUND4(Y0, Y1, Y2, Y3, 4, 60, 6)
	ROUND4(Y3, Y0, Y1, Y2, 11, 61, 10)
	ROUND4(Y2, Y3, Y0, Y1, 2, 62, 15)
	ROUND4(Y1, Y2, Y3, Y0, 9, 63, 21)

	VPADDD  0(AX), Y0, Y0
	VPADDD  32(AX), Y1, Y1
	VPADDD  64(AX), Y2, Y2
	VPADDD  96(AX), Y3, Y3
	VMOVDQU Y0, 0(AX)
	VMOVDQU Y1, 32(AX)
	VMOVDQU Y2, 64(AX)
	VMOVDQU Y3, 96(AX)
	VZEROUPPER
	RET
