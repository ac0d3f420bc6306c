/** Teams against the conformance kit. */
import { subject } from '../../../src/channels/teams/testing.ts';
import { channelConformance } from '../../conformance/channel.ts';

channelConformance(subject);
