#ifndef SEGPLAY_CFFMPEG_SHIM_H
#define SEGPLAY_CFFMPEG_SHIM_H

#include <errno.h>

#include <libavcodec/avcodec.h>
#include <libavdevice/version.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/motion_vector.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

/* Macros that the importer cannot turn into constants. */
static const int seg_error_again = AVERROR(EAGAIN);
static const int seg_error_end = AVERROR_EOF;
static const int seg_error_exit = AVERROR_EXIT;
static const int seg_error_invalid_data = AVERROR_INVALIDDATA;
static const int seg_error_protocol_not_found = AVERROR_PROTOCOL_NOT_FOUND;
static const int64_t seg_no_timestamp = AV_NOPTS_VALUE;

/* The 3x3 display matrix of a stream's container, or null. */
static inline const int32_t *seg_stream_display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

/* The 3x3 display matrix that came with a picture (JPEG's orientation tag), or null. */
static inline const int32_t *seg_frame_display_matrix(const AVFrame *frame) {
  const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
}

static inline int seg_frame_is_key(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
  return frame->key_frame;
#endif
}

/* The motion vectors that the decoder exported with a picture and how many there are, or null. */
static inline const AVMotionVector *seg_frame_motion_vectors(const AVFrame *frame, long *count) {
  const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_MOTION_VECTORS);
  *count = data ? (long)(data->size / sizeof(AVMotionVector)) : 0;
  return data ? (const AVMotionVector *)data->data : NULL;
}

/* How long the frame is shown in its stream's time base; 0 when unknown. */
static inline int64_t seg_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame->duration;
#else
  return frame->pkt_duration;
#endif
}

#endif
