import { subject } from '../../../src/channels/web/testing.ts';
import { channelConformance } from '../../conformance/channel.ts';

channelConformance(subject);
