import type { NextConfig } from 'next';

const config: NextConfig = {
  reactStrictMode: true,
  devIndicators: false,
  allowedDevOrigins: ['127.0.0.1'],
  // The faces lie elsewhere.
  rewrites: async () => [{ source: '/fixtures/:path*', destination: `${process.env.GAZE_SITE}/fixtures/:path*` }],
};

export default config;
