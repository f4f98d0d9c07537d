// Vue: what its template checker reads of the tag. Compiled, never run.
import type { GlobalComponents } from 'vue';
import type {} from 'gaze-tracker/vue';

type Props = InstanceType<GlobalComponents['gaze-tracker']>['$props'];

export const props: Props = { src: '/face/', idle: true, 'hide-controls': true };
// @ts-expect-error no such mode
export const wrong: Props = { mode: 'triple' };
