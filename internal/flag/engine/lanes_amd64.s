#include "textflag.h"

// One step of MD5: a = b + rotate(a + F(b, c, d) + word + added), for eight lanes in Y0 to Y3 and for eight more in Y8 to
// Y11, so that one half works while the other waits. Each round has its own F, which lands in Y4 and in Y12.

#define ADD(a, a2, word, step) \
	VPBROADCASTD (step*4)(CX), Y6      \
	VPADDD       Y6, a, a              \
	VPADDD       Y6, a2, a2            \
	VPADDD       (word*64)(BX), a, a   \
	VPADDD       (word*64+32)(BX), a2, a2

#define ROTATE(a, b, left, f, t) \
	VPADDD f, a, a          \
	VPSLLD $left, a, t      \
	VPSRLD $(32-left), a, a \
	VPOR   t, a, a          \
	VPADDD b, a, a

#define F1(b, c, d, f) \
	VPXOR c, d, f \
	VPAND b, f, f \
	VPXOR d, f, f

#define F2(b, c, d, f) \
	VPXOR b, c, f \
	VPAND d, f, f \
	VPXOR c, f, f

#define F3(b, c, d, f) \
	VPXOR c, d, f \
	VPXOR b, f, f

#define F4(b, c, d, f) \
	VPXOR Y7, d, f \
	VPOR  b, f, f  \
	VPXOR c, f, f

#define ROUND1(a, b, c, d, a2, b2, c2, d2, word, step, left) \
	ADD(a, a2, word, step)       \
	F1(b, c, d, Y4)              \
	F1(b2, c2, d2, Y12)          \
	ROTATE(a, b, left, Y4, Y5)   \
	ROTATE(a2, b2, left, Y12, Y13)

#define ROUND2(a, b, c, d, a2, b2, c2, d2, word, step, left) \
	ADD(a, a2, word, step)       \
	F2(b, c, d, Y4)              \
	F2(b2, c2, d2, Y12)          \
	ROTATE(a, b, left, Y4, Y5)   \
	ROTATE(a2, b2, left, Y12, Y13)

#define ROUND3(a, b, c, d, a2, b2, c2, d2, word, step, left) \
	ADD(a, a2, word, step)       \
	F3(b, c, d, Y4)              \
	F3(b2, c2, d2, Y12)          \
	ROTATE(a, b, left, Y4, Y5)   \
	ROTATE(a2, b2, left, Y12, Y13)

#define ROUND4(a, b, c, d, a2, b2, c2, d2, word, step, left) \
	ADD(a, a2, word, step)       \
	F4(b, c, d, Y4)              \
	F4(b2, c2, d2, Y12)          \
	ROTATE(a, b, left, Y4, Y5)   \
	ROTATE(a2, b2, left, Y12, Y13)

// func blockLanes(state *[4][16]uint32, words *[16][16]uint32, added *[64]uint32)
TEXT ·blockLanes(SB), NOSPLIT, $0-24
	MOVQ     state+0(FP), AX
	MOVQ     words+8(FP), BX
	MOVQ     added+16(FP), CX
	VPCMPEQD Y7, Y7, Y7
	VMOVDQU  0(AX), Y0
	VMOVDQU  32(AX), Y8
	VMOVDQU  64(AX), Y1
	VMOVDQU  96(AX), Y9
	VMOVDQU  128(AX), Y2
	VMOVDQU  160(AX), Y10
	VMOVDQU  192(AX), Y3
	VMOVDQU  224(AX), Y11

	ROUND1(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 0, 0, 7)
	ROUND1(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 1, 1, 12)
	ROUND1(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 2, 2, 17)
	ROUND1(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 3, 3, 22)
	ROUND1(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 4, 4, 7)
	ROUND1(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 5, 5, 12)
	ROUND1(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 6, 6, 17)
	ROUND1(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 7, 7, 22)
	ROUND1(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 8, 8, 7)
	ROUND1(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 9, 9, 12)
	ROUND1(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 10, 10, 17)
	ROUND1(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 11, 11, 22)
	ROUND1(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 12, 12, 7)
	ROUND1(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 13, 13, 12)
	ROUND1(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 14, 14, 17)
	ROUND1(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 15, 15, 22)

	ROUND2(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 1, 16, 5)
	ROUND2(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 6, 17, 9)
	ROUND2(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 11, 18, 14)
	ROUND2(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 0, 19, 20)
	ROUND2(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 5, 20, 5)
	ROUND2(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 10, 21, 9)
	ROUND2(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 15, 22, 14)
	ROUND2(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 4, 23, 20)
	ROUND2(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 9, 24, 5)
	ROUND2(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 14, 25, 9)
	ROUND2(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 3, 26, 14)
	ROUND2(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 8, 27, 20)
	ROUND2(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 13, 28, 5)
	ROUND2(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 2, 29, 9)
	ROUND2(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 7, 30, 14)
	ROUND2(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 12, 31, 20)

	ROUND3(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 5, 32, 4)
	ROUND3(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 8, 33, 11)
	ROUND3(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 11, 34, 16)
	ROUND3(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 14, 35, 23)
	ROUND3(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 1, 36, 4)
	ROUND3(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 4, 37, 11)
	ROUND3(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 7, 38, 16)
	ROUND3(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 10, 39, 23)
	ROUND3(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 13, 40, 4)
	ROUND3(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 0, 41, 11)
	ROUND3(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 3, 42, 16)
	ROUND3(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 6, 43, 23)
	ROUND3(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 9, 44, 4)
	ROUND3(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 12, 45, 11)
	ROUND3(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 15, 46, 16)
	ROUND3(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 2, 47, 23)

	ROUND4(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 0, 48, 6)
	ROUND4(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 7, 49, 10)
	ROUND4(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 14, 50, 15)
	ROUND4(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 5, 51, 21)
	ROUND4(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 12, 52, 6)
	ROUND4(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 3, 53, 10)
	ROUND4(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 10, 54, 15)
	ROUND4(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 1, 55, 21)
	ROUND4(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 8, 56, 6)
	ROUND4(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 15, 57, 10)
	ROUND4(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 6, 58, 15)
	ROUND4(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 13, 59, 21)
	ROUND4(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11, 4, 60, 6)
	ROUND4(Y3, Y0, Y1, Y2, Y11, Y8, Y9, Y10, 11, 61, 10)
	ROUND4(Y2, Y3, Y0, Y1, Y10, Y11, Y8, Y9, 2, 62, 15)
	ROUND4(Y1, Y2, Y3, Y0, Y9, Y10, Y11, Y8, 9, 63, 21)

	VPADDD  0(AX), Y0, Y0
	VPADDD  32(AX), Y8, Y8
	VPADDD  64(AX), Y1, Y1
	VPADDD  96(AX), Y9, Y9
	VPADDD  128(AX), Y2, Y2
	VPADDD  160(AX), Y10, Y10
	VPADDD  192(AX), Y3, Y3
	VPADDD  224(AX), Y11, Y11
	VMOVDQU Y0, 0(AX)
	VMOVDQU Y8, 32(AX)
	VMOVDQU Y1, 64(AX)
	VMOVDQU Y9, 96(AX)
	VMOVDQU Y2, 128(AX)
	VMOVDQU Y10, 160(AX)
	VMOVDQU Y3, 192(AX)
	VMOVDQU Y11, 224(AX)
	VZEROUPPER
	RET
