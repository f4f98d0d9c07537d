import type { NextConfig } from 'next';

const config: NextConfig = {
  reactStrictMode: true,
  devIndicators: false,
  allowedDevOrigins: ['127.0.0.1'],
  // The faces lie elsewhere.
  rewrites: async () => ['/fixtures/:path*', '/portrait.gaze'].map((source) => ({ source, destination: `${process.env.GAZE_SITE}${source}` })),
};

export default config;
