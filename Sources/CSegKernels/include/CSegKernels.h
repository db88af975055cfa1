// Loops over pixels and channels that deserve vector instructions.
#ifndef SEGPLAY_KERNELS_H
#define SEGPLAY_KERNELS_H

#include "cells.h"
#include "overlay.h"
#include "SegAttention.h"
#include "SegByteConvolution.h"
#include "SegDepthwiseBands.h"
#include "SegDepthwiseConvolution.h"
#include "SegElementwise.h"
#include "SegEnlargedSums.h"
#include "SegFloatConvolution.h"
#include "SegFlow.h"
#include "SegGatheredConvolution.h"
#include "SegHistogram.h"
#include "SegInstances.h"
#include "SegLabels.h"
#include "SegLuma.h"
#include "SegMatrixConvolution.h"
#include "SegMotion.h"
#include "SegPlaneWinograd.h"
#include "SegPointConvolution.h"
#include "SegPooling.h"
#include "SegResize.h"
#include "SegRows.h"
#include "SegSampling.h"
#include "SegScores.h"
#include "SegVectorUnits.h"
#include "SegWindowConvolution.h"
#include "SegWinograd.h"
#include "SegWordWinograd.h"

#endif
